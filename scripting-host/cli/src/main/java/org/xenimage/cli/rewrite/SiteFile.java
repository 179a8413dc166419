package org.xenimage.cli.rewrite;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.foreign.LibraryCall;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The site's settings, JSON or YAML by the ending of the file: the only class that calls the YAML library. */
final class SiteFile {
    private static final long LENGTH_MAX = 1 << 20;

    private SiteFile() {}

    /**
     * Reads the settings.
     *
     * @param file of them
     * @return an object
     * @throws IOException if the file cannot be read
     * @throws CommandFailed if it is not an object of JSON or YAML
     */
    static ObjectNode read(Path file) throws IOException, CommandFailed {
        String name = file.toString();
        boolean yaml = name.endsWith(".yaml") || name.endsWith(".yml");
        if (Files.size(file) > LENGTH_MAX)
            throw new CommandFailed(name + ": is too long for settings; expected at most 1 MiB");
        ObjectMapper mapper = yaml ? new YAMLMapper() : new JsonMapper();
        byte[] text = Files.readAllBytes(file);
        JsonNode tree;
        try {
            tree =
                    LibraryCall.decodeInMemory(
                            Fault.in(name), yaml ? "YAML" : "JSON", () -> mapper.readTree(text));
        } catch (CorruptImage e) {
            throw new CommandFailed(
                    "%s: is not valid %s: %s"
                            .formatted(place(name, e), yaml ? "YAML" : "JSON", reason(e)));
        }
        if (tree instanceof ObjectNode object) return object;
        throw new CommandFailed(name + ": expected an object, found " + tree.getNodeType());
    }

    private static String place(String name, CorruptImage failure) {
        if (!(failure.getCause() instanceof JacksonException json)) return name;
        JsonLocation at = json.getLocation();
        return at == null ? name : name + ":" + at.getLineNr() + ":" + at.getColumnNr();
    }

    private static String reason(CorruptImage failure) {
        Throwable cause = failure.getCause();
        return LibraryCall.reason(cause == null ? failure : cause);
    }
}
