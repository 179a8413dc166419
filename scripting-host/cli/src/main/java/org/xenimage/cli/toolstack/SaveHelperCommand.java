package org.xenimage.cli.toolstack;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.rewrite.PolicyOptions;
import org.xenimage.cli.rewrite.PolicyPass;
import org.xenimage.cli.rewrite.ReportOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code xenimage save-helper}: policies between libxl and its save helper, in every toolstack that uses libxl. */
@Needs(scripts = Needs.Scripts.SITE, work = Needs.Work.LONG, agent = false)
@Command(
        name = "save-helper",
        header = "run policies inside any toolstack that uses libxl",
        description = {
            "libxl starts it in place of its own save helper if LIBXL_SAVE_HELPER names "
                    + "bin/xenimage-save-helper in the environment of xl, libvirtd or another toolstack. The "
                    + "records and pages of every save, restore and migration then pass through the policies; "
                    + "the config and the state of the device model do not come by here. If a policy refuses, a "
                    + "save or migration fails and the domain continues; a restore fails and the domain is not "
                    + "started.",
            "",
            "The real helper runs as a child. With Remus and COLO, and without policies, it gets the "
                    + "stream itself. Policies are those of the folder XENIMAGE_POLICIES, or else of "
                    + "/etc/xen/policies. To give options, name a script of your own in LIBXL_SAVE_HELPER that "
                    + "ends in: exec xenimage save-helper OPTIONS -- \"$@\""
        },
        footerHeading = "%nExit status:%n",
        footer = {
            "  0  the helper succeeded, and all policies agreed",
            "  1  a policy refused, or the stream is at fault",
            "  2  usage: nothing was started",
            "  3  a bug in xenimage",
            "  N  the helper exited with status N",
            "",
            "Examples:",
            "  LIBXL_SAVE_HELPER=/opt/xenimage/bin/xenimage-save-helper xl save web1 web1.save",
            "  export LIBXL_SAVE_HELPER=/opt/xenimage/bin/xenimage-save-helper",
            "  xl restore web1.save"
        })
public final class SaveHelperCommand extends Subcommand {
    @Parameters(
            paramLabel = "WORD",
            arity = "1..*",
            description = "what libxl gives its helper, after --")
    private List<String> words = List.of();

    @Option(
            names = "--helper",
            paramLabel = "PROGRAM",
            defaultValue = "${env:XENIMAGE_SAVE_HELPER:-}",
            description = {
                "libxl's own save helper (default: the one that XENIMAGE_SAVE_HELPER names,",
                "else that of the running Xen)"
            })
    private String helper = "";

    @Mixin private PolicyOptions policies = new PolicyOptions();

    @Mixin private ReportOptions reporting = new ReportOptions();

    /** Called by the command line. */
    public SaveHelperCommand() {}

    @Override
    protected boolean standardOutputIsData() {
        return true;
    }

    @Override
    public Integer call() throws IOException, CommandFailed {
        SaveCallout call =
                SaveCallout.of(words)
                        .orElseThrow(() ->
                                misused(
                                        "expected what libxl gives its save helper (--save-domain or --restore-domain,"
                                                + " two file descriptors, …), found '"
                                                + String.join(" ", words)
                                                + "'"));
        Path stream = Path.of("/proc/self/fd/" + call.stream());
        if (call.saves()) files().writing(stream);
        else files().reading(stream);
        if (call.checkpointed()) {
            err().println(
                            "xenimage: warning: no policy runs on a stream with checkpoints (Remus, COLO)");
            return onStream(program(), call);
        }
        try (PolicyPass pass =
                PolicyPass.open(policies, reporting, call.operation(), call.name())) {
            if (!Files.exists(stream))
                throw new CommandFailed("file descriptor %d is not open".formatted(call.stream()));
            if (pass.isEmpty()) return onStream(program(), call);
            CalloutProcess process = CalloutProcess.onPipe(program(), call);
            return new CalloutRun(call, process, pass, err(), this::progress).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailed("interrupted");
        }
    }

    private String program() throws CommandFailed {
        Optional<String> found =
                helper.isEmpty() ? XenPrograms.find("libxl-save-helper") : Optional.of(helper);
        return found.orElseThrow(() ->
                new CommandFailed(
                        "libxl-save-helper: not found where Xen installs it;"
                                + " name it with --helper or XENIMAGE_SAVE_HELPER"));
    }

    private static int onStream(String program, SaveCallout call) throws IOException {
        CalloutProcess process = CalloutProcess.onStream(program, call);
        try (StopSignal _ = process.handingOn()) {
            return process.status();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
