package org.xenimage.cli.extract;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.page.RoundTracker;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.policy.Secrets;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** {@code xenimage extract record}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "record",
        header = "extract records of one type",
        description =
                "Extracts the records of one type: their bytes, or with --json their named "
                        + "fields.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage extract record web1.save X86_TSC_INFO --json",
            "  xenimage extract record web1.save X86_PV_VCPU_BASIC --index 0 -o vcpu0.bin",
            "  xenimage extract record hvm1.save HVM_CONTEXT -o hvm-context.bin"
        })
final class ExtractRecord extends Subcommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Parameters(
            index = "1",
            paramLabel = "RECORD",
            description =
                    "a name of the specification such as TSC_INFO, libxl:NAME, or a code such as 0x12")
    private String type = "";

    @Option(
            names = "--index",
            paramLabel = "N",
            description = "only the Nth record of the type, from 0")
    private long index = -1;

    @Mixin private PartOutput output = new PartOutput();

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        RecordType wanted =
                type(type)
                        .orElseThrow(() ->
                                misused(
                                        "unknown record "
                                                + type
                                                + "; 'xenimage info --records' lists the records of an image"));
        if (wanted.equals(RecordType.PAGE_DATA)) {
            throw misused("use 'extract pages' for PAGE_DATA");
        }
        if (output.seen() && !json())
            throw misused(
                    "the bytes of a record are not shown on a terminal; use --json, -o FILE or a pipe");
        var rounds = new RoundTracker();
        long[] seen = {0};
        long[] written = {0};
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading());
                Output to = output.open()) {
            while (reader.advance(
                    element -> {
                        rounds.completes(element);
                        if (!(element instanceof RecordFrame frame) || !frame.type().equals(wanted))
                            return;
                        if (index >= 0 && seen[0]++ != index) return;
                        written[0]++;
                        byte[] bytes =
                                json()
                                        ? (TextOutput.escape(toJson(frame)) + "\n")
                                                .getBytes(java.nio.charset.StandardCharsets.UTF_8)
                                        : frame.body().toArray(ValueLayout.JAVA_BYTE);
                        to.sink().write(java.lang.foreign.MemorySegment.ofArray(bytes));
                    })) {}
            if (written[0] == 0) {
                throw new CommandFailed(
                        image
                                + ": has no record "
                                + wanted
                                + (index >= 0 ? " number " + index : ""));
            }
            to.commit();
            if (rounds.unfinished())
                err().println(
                                "warning: "
                                        + image
                                        + ": ends within a round of a checkpointed stream; "
                                        + "its records are among these");
        }
        return 0;
    }

    private String toJson(RecordFrame frame) throws IOException {
        ObjectNode node = new JsonMapper().createObjectNode();
        node.put("layer", frame.type().layer().specName());
        node.put("type", frame.type().specName());
        node.put("offset", frame.offset());
        node.put("bodyLength", frame.bodyLength());
        Secrets hiding = output.seen() ? secrets.secrets() : Secrets.TOLD;
        node.set("fields", hiding.hide("", FieldJson.toJson(frame.fields())));
        return node.toString();
    }

    /** A frame of xenopsd by its name, whose letters are not all capitals, or by its type. */
    private static Optional<RecordType> frame(String name) {
        for (String known : RecordType.names(Layer.XENOPSD))
            if (known.equalsIgnoreCase(name)) return RecordType.named(Layer.XENOPSD, known);
        return name.matches("0x[0-9a-f]{1,8}")
                ? Optional.of(
                        RecordType.xenopsd(Integer.parseUnsignedInt(name, 2, name.length(), 16)))
                : Optional.empty();
    }

    private static Optional<RecordType> type(String text) {
        int colon = text.indexOf(':');
        String name = text.substring(colon + 1).toUpperCase(java.util.Locale.ROOT);
        if (text.startsWith("xenopsd:")) return frame(text.substring(colon + 1));
        Layer layer = colon >= 0 && text.startsWith("libxl") ? Layer.LIBXL : Layer.LIBXC;
        if (name.startsWith("0X")) {
            try {
                return Optional.of(
                        new RecordType(layer, Integer.parseUnsignedInt(name.substring(2), 16)));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
        Optional<RecordType> found =
                RecordType.named(layer, name).or(() -> RecordType.named(layer, "X86_" + name));
        return colon >= 0 ? found : found.or(() -> RecordType.named(Layer.LIBXL, name));
    }
}
