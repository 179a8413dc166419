package org.xenimage.cli.rewrite;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.FileNames;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.image.io.RunFiles;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Locale;

/** The settings of a site, JSON or YAML by the ending of the file: the only class of the program that reads YAML. */
public final class SiteFile {
    private static final int LENGTH_MAX = 1 << 20;

    private SiteFile() {}

    /**
     * Reads the settings.
     *
     * @param name a path, or {@code -}
     * @param files of the run
     * @return an object
     * @throws IOException if the file cannot be read
     * @throws CommandFailed if it is not an object of JSON or YAML
     */
    public static ObjectNode read(String name, RunFiles files) throws IOException, CommandFailed {
        boolean yaml = name.endsWith(".yaml") || name.endsWith(".yml");
        ObjectMapper mapper = yaml ? new YAMLMapper() : new JsonMapper();
        byte[] text = text(name, files);
        JsonNode tree;
        try {
            tree =
                    LibraryCall.decodeInMemory(
                            Fault.in(name), yaml ? "YAML" : "JSON", () -> mapper.readTree(text));
        } catch (CorruptImage e) {
            throw failed(
                    "%s: is not valid %s: %s"
                            .formatted(place(name, e), yaml ? "YAML" : "JSON", reason(e)));
        }
        if (tree instanceof ObjectNode object) return object;
        String found =
                tree == null || tree.isMissingNode()
                        ? "nothing"
                        : tree.getNodeType().name().toLowerCase(Locale.ROOT);
        throw failed("%s: expected an object, found %s".formatted(name, found));
    }

    private static byte[] text(String name, RunFiles files) throws IOException, CommandFailed {
        if (name.equals("-")) files.readingStandardInput();
        else files.reading(FileNames.path(name));
        byte[] bytes;
        try (InputStream in =
                name.equals("-") ? System.in : Files.newInputStream(FileNames.path(name))) {
            bytes = in.readNBytes(LENGTH_MAX + 1);
        }
        if (bytes.length > LENGTH_MAX)
            throw failed("%s: expected at most %d bytes".formatted(name, LENGTH_MAX));
        return bytes;
    }

    private static CommandFailed failed(String message) {
        return new CommandFailed(Failure.Kind.USAGE, message);
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
