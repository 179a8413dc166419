package org.xenimage.cli.label;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.SectionOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.spi.ReadOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code xenimage metadata}. */
@Command(
        name = "metadata",
        header = "show or change the metadata of a native image",
        description = {
            "Shows or changes the metadata of a native image in place: no page moves. After "
                    + "a crash the file holds the old metadata or the new.",
            "Metadata is not covered by signatures; those cover content and provenance."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage metadata web1.native",
            "  xenimage metadata web1.native set site.ticket=4711 site.owner=ada",
            "  xenimage metadata web1.native get site.ticket",
            "  xenimage metadata web1.native delete site.ticket"
        })
public final class MetadataCommand extends Subcommand {
    /** Keys that repeat other parts of the image, which an edit would contradict. */
    private static final Set<String> FIXED =
            Set.of("site", "segments.dropped", "debuggers", "losses");

    @Parameters(index = "0", paramLabel = "IMAGE", description = "a native image")
    private String image = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "ACTION",
            description = "get, set or delete")
    private String action = "get";

    @Parameters(
            index = "2..*",
            arity = "0..*",
            paramLabel = "KEY[=VALUE]",
            description = "keys, namespaced by dots")
    private List<String> words = List.of();

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private SectionOptions sections = new SectionOptions();

    /** Called by the command line. */
    public MetadataCommand() {}

    @Override
    public Integer call() throws IOException, CommandFailed {
        boolean change = action.equals("set") || action.equals("delete");
        if (!change && !action.equals("get"))
            throw misused("expected get, set or delete, found '" + action + "'");
        if (change && words.isEmpty()) throw misused(action + ": a key is missing");
        for (String word : words) check(word);
        try (LabelFile file =
                LabelFile.open(
                        image,
                        files(),
                        new ReadOptions(List.of(), sections.known(files())),
                        change)) {
            if (change) file.label().changeMetadata(this::change);
            else show(file.label().metadata());
            if (change && json()) print(secrets.secrets().hide("", file.label().metadata()));
        }
        return 0;
    }

    private void change(ObjectNode metadata) throws CommandFailed {
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals > 0) metadata.put(word.substring(0, equals), word.substring(equals + 1));
            else if (metadata.remove(word) == null)
                throw new CommandFailed(image + ": has no metadata " + word);
        }
    }

    private void check(String word) {
        boolean set = action.equals("set");
        int equals = word.indexOf('=');
        if (set && equals <= 0) throw misused("set: expected KEY=VALUE, found '" + word + "'");
        String key = set ? word.substring(0, equals) : word;
        if (!key.matches("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*"))
            throw misused(
                    "'"
                            + key
                            + "' is not a key: use letters, digits, - and _, with dots between namespaces");
        if (!action.equals("get") && FIXED.contains(key))
            throw misused("'" + key + "' is set by the image itself and cannot be changed here");
    }

    private void show(JsonNode metadata) throws CommandFailed {
        TextOutput out = out();
        JsonNode selected = metadata;
        if (!words.isEmpty()) {
            ObjectNode chosen = JsonNodeFactory.instance.objectNode();
            for (String key : words) {
                JsonNode value = metadata.get(key);
                if (value == null) throw new CommandFailed(image + ": has no metadata key " + key);
                chosen.set(key, value);
            }
            selected = chosen;
        }
        JsonNode visible = secrets.secrets().hide("", selected);
        if (json()) {
            out.println(visible.toString());
        } else if (words.size() == 1) {
            out.println(text(visible.path(words.getFirst())));
        } else {
            for (Map.Entry<String, JsonNode> one : visible.properties())
                out.println(one.getKey() + " = " + text(one.getValue()));
        }
        out.flush();
    }

    private static String text(JsonNode value) {
        return value.isTextual() ? value.asText() : value.toString();
    }
}
