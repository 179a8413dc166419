package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.policy.Operation;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** {@code xenimage relay}: policies in a live migration. */
@Needs(scripts = Needs.Scripts.SITE, work = Needs.Work.LONG, agent = false)
@Command(
        name = "relay",
        header = "run policies in a live migration",
        description =
                "Runs as the command of 'xl migrate -s': the sender's stream passes through the "
                        + "policies to COMMAND, and the replies of COMMAND pass back "
                        + "unchanged. The end of the image is held back until every policy has agreed. If "
                        + "one refuses, the guest stays on the source host.",
        footerHeading = "%nExit status:%n",
        footer = {
            "  0  COMMAND received the whole image and exited with status 0",
            "  1  a policy refused, or the image or the sender is at fault; the guest stays on the source host",
            "  2  usage: nothing was started",
            "  3  a bug in xenimage",
            "  N  COMMAND exited with status N",
            "",
            "Examples:",
            "  xl migrate -s 'xenimage relay --policy scrub.py -- ssh' web1 host2",
            "  xl migrate -s 'xenimage relay --policies /etc/xen/policies --log web1.log -- ssh' web1 host2",
            "  ssh host2 xenimage relay --incoming --policy remap-bridges.js -- xl migrate-receive"
        })
public final class RelayCommand extends Subcommand {
    @Parameters(
            paramLabel = "COMMAND",
            arity = "1..*",
            description = "the command that reaches the receiver, with its arguments, after --")
    private List<String> command = List.of();

    @Option(
            names = "--incoming",
            description =
                    "this is the receiving host: run the policies for migrate-in, not migrate-out")
    private boolean incoming;

    @Mixin private KeyOptions keys = new KeyOptions();

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    /** Called by the command line. */
    public RelayCommand() {}

    @Override
    protected boolean standardOutputIsData() {
        return true;
    }

    @Override
    public Integer call() throws IOException, CommandFailed {
        Operation operation = incoming ? Operation.MIGRATE_IN : Operation.MIGRATE_OUT;
        files().readingStandardInput();
        files().writingStandardOutput(); // What the receiver answers; no log belongs there.
        ReadOptions reading = keys.reading();
        try (PolicyPass pass =
                        PolicyPass.open(policies, reporting, operation, "the sender's stream");
                ReceiverProcess receiver = ReceiverProcess.start(command, incoming);
                ByteSource sender = ChannelSource.standardInput();
                OutputStream back = new FileOutputStream(FileDescriptor.out)) {
            return new RelayRun(
                            sender,
                            back,
                            receiver,
                            pass,
                            policies.reading(reading),
                            err(),
                            command.getFirst())
                    .run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("interrupted");
        }
    }
}
