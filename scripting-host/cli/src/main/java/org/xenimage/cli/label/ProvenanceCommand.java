package org.xenimage.cli.label;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.SectionOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.seal.TrustedKey;
import org.xenimage.image.spi.ReadOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage provenance}. */
@Command(
        name = "provenance",
        header = "show and check the provenance of a native image",
        description = {
            "Shows what was done to a native image and by whom, and checks the chain of "
                    + "statements and its signatures.",
            "Pages are not read: the digest is the one recorded in the image; 'verify' "
                    + "checks the content against it.",
            "With --trust, an image without a signature by a trusted key over this content "
                    + "fails too."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage provenance web1.native",
            "  xenimage provenance web1.native --trust sign.key.pub",
            "  xenimage provenance web1.native --json | jq .statements",
            "",
            "Exit status:",
            "  0  the chain is intact",
            "  1  a statement was changed, a signature is wrong, or the content is not that of the last statement"
        })
public final class ProvenanceCommand extends Subcommand {
    private static final JsonMapper JSON = new JsonMapper();

    @Parameters(paramLabel = "IMAGE", description = "a native image in a file")
    private String image = "";

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description =
                    "a public key that you trust: PEM, base64 or 32 bytes; repeat it for several")
    private List<Path> trust = new ArrayList<>();

    @Mixin private SectionOptions sections = new SectionOptions();

    /** Called by the command line. */
    public ProvenanceCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        List<TrustedKey> keys = new ArrayList<>();
        RunFiles files = files();
        for (Path path : trust) {
            files.reading(path);
            keys.add(TrustedKey.read(path));
        }
        Provenance provenance;
        try (LabelFile file =
                LabelFile.open(
                        image, files, new ReadOptions(List.of(), sections.known(files())), false)) {
            provenance = file.label().provenance();
        }
        List<String> faults = new ArrayList<>(provenance.faults());
        int vouched = provenance.vouchedFor(keys);
        if (!keys.isEmpty() && vouched == 0) {
            faults.add(
                    provenance.signed()
                            ? "wrong key: no trusted key has signed this content"
                            : "is not signed");
        }
        TextOutput out = out();
        if (json()) out.println(JSON.writeValueAsString(tree(provenance, keys, vouched, faults)));
        else print(out, provenance, keys, vouched);
        out.flush();
        TextOutput err = err();
        for (String fault : faults) err.println("xenimage: " + image + ": " + fault);
        return faults.isEmpty() ? 0 : 1;
    }

    private static void print(
            PrintWriter out, Provenance provenance, List<TrustedKey> keys, int vouched) {
        out.println("content " + provenance.digest());
        if (provenance.statements().isEmpty()) out.println("no statements");
        int number = 0;
        for (Statement statement : provenance.statements()) {
            number++;
            var line = new StringBuilder("%3d  ".formatted(number));
            line.append(statement.text("operation"));
            for (String key : new String[] {"time", "host", "operator"}) {
                String value = statement.text(key);
                if (!value.isEmpty()) line.append("  ").append(key).append(' ').append(value);
            }
            out.println(line);
            out.println("     content " + statement.text("digest"));
            if (!statement.text("input").isEmpty())
                out.println("     made of " + statement.text("input"));
            for (JsonNode policy : statement.fields().path("policies")) {
                out.println(
                        "     policy "
                                + (policy.path("name").asText()
                                                + " "
                                                + policy.path("version").asText())
                                        .strip()
                                + "  "
                                + policy.path("digest").asText());
            }
            for (Statement.Signed signature : statement.signatures()) {
                out.println(
                        "     %s signature of %s%s"
                                .formatted(
                                        statement.verifies(signature) ? "good" : "WRONG",
                                        signature.key(),
                                        keys.contains(signature.key()) ? ", trusted" : ""));
            }
        }
        if (!keys.isEmpty())
            out.println(
                    "trusted keys vouch for %d of %d statements"
                            .formatted(vouched, provenance.statements().size()));
        else if (!provenance.signed()) out.println("not signed");
    }

    private ObjectNode tree(
            Provenance provenance, List<TrustedKey> keys, int vouched, List<String> faults) {
        ObjectNode report = JSON.createObjectNode();
        report.put("image", image);
        report.put("digest", provenance.digest());
        ArrayNode statements = report.putArray("statements");
        for (Statement statement : provenance.statements()) {
            ObjectNode one = statements.addObject();
            one.set("statement", statement.fields());
            one.put("hash", statement.hash());
            ArrayNode signatures = one.putArray("signatures");
            for (Statement.Signed signature : statement.signatures()) {
                signatures
                        .addObject()
                        .put("key", signature.key().toString())
                        .put("good", statement.verifies(signature))
                        .put("trusted", keys.contains(signature.key()));
            }
        }
        if (!keys.isEmpty()) report.put("vouchedFor", vouched);
        ArrayNode faultList = report.putArray("faults");
        faults.forEach(faultList::add);
        report.put("good", faults.isEmpty());
        return report;
    }
}
