package org.xenimage.cli;

import org.xenimage.cli.host.ForOption;
import org.xenimage.cli.label.AuthorOptions;
import org.xenimage.cli.label.EndedChain;
import org.xenimage.cli.output.DryRunOption;
import org.xenimage.cli.output.FormatOption;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Downgrade;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.seal.Encryption;
import org.xenimage.image.seal.ImageKey;
import org.xenimage.image.section.SectionRoom;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Guard;
import org.xenimage.migrate.Plan;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code xenimage convert}: converts an image to another format, and reports losses in advance. */
@Command(
        name = "convert",
        header = "convert an image to another format",
        description = {
            "Converts an image to another format, or with --for to the form that a host restores. "
                    + "--explain lists what would be lost, without writing anything.",
            "Converting between xl or libvirt and native loses nothing: converted back, the file "
                    + "is identical byte for byte. Between xl and libvirt, the config is mapped, and "
                    + "what has no place in the other is listed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage convert web1.save web1.native --to native",
            "  xenimage convert web1.native back.save --to xl",
            "  xenimage convert web1.save web1.libvirt --to libvirt",
            "  xenimage convert web1.save --to libxc-v2 --explain",
            "  xenimage convert web1.save old.save --for 4.13",
            "  xenimage convert web1.save web1.core --to dump-core --allow-loss",
            "  xenimage convert web1.save web1.vmcore --to vmcore --allow-loss",
            "  head -c 32 /dev/urandom > web.key",
            "  xenimage convert web1.save secret.native --to native --encrypt --key-file web.key",
            "  xenimage convert secret.native clear.save --to xl --key-file web.key"
        })
final class ConvertCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IN", description = "an image, - for standard input")
    private String in = "-";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OUT",
            description = "the new image, - for standard output")
    private String out = "";

    @Mixin private FormatOption to = new FormatOption();

    @Option(
            names = "--compress",
            paramLabel = "COMPRESSION",
            description = "none or zstd (default: zstd for native-stream, none for native)")
    private String compress = "";

    @Option(names = "--explain", description = "list what would be lost, and write nothing")
    private boolean explain;

    @Option(
            names = "--allow-loss",
            description = "convert even if Xen cannot restore the guest from the result")
    private boolean allowLoss;

    @Mixin private ForOption forHost = new ForOption();

    @Mixin private DryRunOption dryRun = new DryRunOption();

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Option(
            names = "--provenance",
            description =
                    "add a statement to the provenance of OUT, with the values of --at, --host and --operator")
    private boolean provenance;

    @Option(names = "--no-provenance", description = "end the provenance chain: OUT has none")
    private boolean noProvenance;

    @Mixin private AuthorOptions author = new AuthorOptions();

    @Option(
            names = "--encrypt",
            description =
                    "encrypt pages, records and config of OUT, with the last key given; metadata stays readable")
    private boolean encrypt;

    @Option(
            names = "--decrypt",
            description = "decrypt an encrypted image (default: keep its encryption)")
    private boolean decrypt;

    @Option(
            names = "--salt",
            paramLabel = "HEX",
            description =
                    "32 hexadecimal digits; the same salt makes --encrypt reproducible byte for byte (default: random)")
    private String salt = "";

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException {
        if (out.isEmpty() && !explain && !dryRun.wanted())
            throw misused("OUT is missing; it is optional only with --explain or --dry-run");
        Optional<Plan> plan = plan();
        if (plan.isPresent() && explain) return 0;
        Conversion.Target target =
                plan.isPresent()
                        ? target(plan.get().form())
                        : to.required(List.of(Conversion.Target.values()));
        boolean toNative =
                target == Conversion.Target.NATIVE || target == Conversion.Target.NATIVE_STREAM;
        if (provenance && !toNative) throw misused("--provenance: only native images can hold it");
        if (encrypt && !toNative) throw misused("--encrypt: only native images can be encrypted");
        if (provenance && noProvenance) throw misused("use either --provenance or --no-provenance");
        if (encrypt && decrypt) throw misused("use either --encrypt or --decrypt");
        if (!salt.isEmpty() && (!encrypt || !salt.matches("[0-9a-fA-F]{32}")))
            throw misused("--salt: 32 hexadecimal digits, with --encrypt");
        Images images = Images.load();
        RunFiles files = files();
        try (ImageReader reader = images.open(Inputs.open(in, files), keys.reading())) {
            Conversion conversion = Conversion.plan(images, reader, target);
            TextOutput err = err();
            List<Conversion.Loss> losses = conversion.losses(reader);
            lost(err, losses);
            if (explain) {
                conversion.readConfig(reader);
                List<Conversion.Loss> ofConfig = conversion.configLosses();
                lost(err, ofConfig);
                // The sections of a stream come after its pages.
                if (reader.format().sectionRoom() == SectionRoom.MANDATORY_FIRST)
                    while (reader.advance(_ -> {})) {}
                List<Conversion.Loss> ofEnd = more(conversion, reader, losses);
                lost(err, ofEnd);
                if (losses.isEmpty() && ofConfig.isEmpty() && ofEnd.isEmpty())
                    err.println("loses nothing");
                return 0;
            }
            WriteOptions options = options();
            ProgressLine progress = progress();
            Rewrite plain = rewrite(reader, plan).with(_ -> options).watchedBy(progress::at);
            Rewrite rewrite = allowLoss ? plain.allowingLoss() : plain;
            if (dryRun.wanted()) {
                try {
                    rewrite.dryRun(conversion);
                } finally {
                    progress.done();
                }
                lost(err, conversion.configLosses());
                lost(err, more(conversion, reader, losses));
                if (!quiet()) err.println(DryRunOption.NOTE);
                return 0;
            }
            try (Output output = Output.open(out, files, outputs.force())) {
                List<String> remarks = rewrite.to(conversion, output.sink());
                output.commit();
                lost(err, more(conversion, reader, losses));
                for (String remark : remarks) err.println("warning: " + out + ": " + remark);
            } finally {
                progress.done();
            }
            lost(err, conversion.configLosses());
            if (noProvenance) EndedChain.say(notices(), in, reader, out);
        }
        return 0;
    }

    /** The plan for the host of --for, once it was printed. */
    private Optional<Plan> plan() throws IOException {
        if (!forHost.given()) return Optional.empty();
        if (to.given()) throw misused("--for chooses the format; leave --to out");
        return Optional.of(forHost.plan(in, keys.reading(), forHost.host(this), this, !explain));
    }

    /** The format of a plan, and of a bare libxc stream its version. */
    private static Conversion.Target target(Plan.Form form) {
        if (form.format().equals("libxc"))
            return form.stream() == Downgrade.VERSION
                    ? Conversion.Target.LIBXC_V2
                    : Conversion.Target.LIBXC_V3;
        return Conversion.Target.of(form.format())
                .orElseThrow(() -> new IllegalStateException("no conversion to " + form.format()));
    }

    /** Through the changes of a plan; what they make is checked as what a policy makes. */
    private Rewrite rewrite(ImageReader reader, Optional<Plan> plan) {
        if (plan.isEmpty()) return Rewrite.of(reader).unguarded();
        return Rewrite.of(reader)
                .through(plan.get().transform())
                .through(Guard.ofImage(out.isEmpty() ? reader.name() : out));
    }

    private static void lost(TextOutput err, List<Conversion.Loss> losses) {
        for (Conversion.Loss loss : losses)
            err.println("loses: " + loss.what() + (loss.fatal() ? " (no restore)" : ""));
    }

    /** What a conversion loses that was not known before the image was read. */
    private static List<Conversion.Loss> more(
            Conversion conversion, ImageReader reader, List<Conversion.Loss> said)
            throws IOException {
        List<Conversion.Loss> more = new ArrayList<>(conversion.losses(reader));
        more.removeAll(said);
        return more;
    }

    private WriteOptions options() throws IOException {
        WriteOptions options = compression();
        if (decrypt) options = options.withReadable();
        if (encrypt) {
            List<ImageKey> given = keys.keys();
            if (given.isEmpty()) throw misused("--encrypt: give --key-file or --passphrase-file");
            options =
                    options.withEncryption(
                            new Encryption(
                                    given.getLast(),
                                    salt.isEmpty() ? Optional.empty() : Optional.of(salt)));
        }
        if (noProvenance) return options.withoutProvenance();
        return provenance
                ? options.withProvenance(author.draft("convert"))
                : options.withStatement(() -> author.draft("convert"));
    }

    private WriteOptions compression() {
        return switch (compress) {
            case "" -> WriteOptions.DEFAULT;
            case "none" -> WriteOptions.DEFAULT.withCompression(WriteOptions.Compression.NONE);
            case "zstd" -> WriteOptions.DEFAULT.withCompression(WriteOptions.Compression.ZSTD);
            default -> throw misused("--compress: expected none or zstd, found '" + compress + "'");
        };
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }
}
