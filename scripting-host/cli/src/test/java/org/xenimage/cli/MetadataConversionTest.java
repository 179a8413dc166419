package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Keys that someone gave a native image are in the xl file that is made from it, or are told to be
 * lost.
 */
class MetadataConversionTest {
    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "8").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
    }

    private JsonNode site(String image) throws IOException {
        program.run("extract", "metadata", image, "-o", image + ".json").succeeds();
        return new JsonMapper().readTree(program.read(image.substring(1) + ".json"));
    }

    @Test
    void keysOfTheSiteGoIntoTheXlFile() throws IOException {
        program.run("metadata", ":in.native", "set", "site.ticket=4711").succeeds();
        program.run("convert", ":in.native", ":out.save", "--to", "xl").succeeds();
        assertEquals("4711", site(":out.save").path("site.ticket").asText());
        program.run("verify", ":out.save").succeeds();
        // and a key that the xl file had gets its new value
        program.run("convert", ":out.save", ":again.native", "--to", "native").succeeds();
        program.run("metadata", ":again.native", "set", "site.ticket=12").succeeds();
        program.run("convert", ":again.native", ":again.save", "--to", "xl").succeeds();
        assertEquals("12", site(":again.save").path("site.ticket").asText());
    }

    @Test
    void withoutSuchKeysTheFileIsTheSame() throws IOException {
        program.run("convert", ":in.native", ":out.save", "--to", "xl").succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    @Test
    void keysThatATargetHasNoPlaceForAreTold() {
        program.run("metadata", ":in.native", "set", "site.ticket=4711").succeeds();
        program.run("metadata", ":in.native", "set", "operation.host=a").succeeds();
        Program.Outcome xl = program.run("convert", ":in.native", "--to", "xl", "--explain");
        assertTrue(xl.err().contains("operation.host"), xl.err());
        assertTrue(!xl.err().contains("site.ticket"), xl.err());
        Program.Outcome libxc =
                program.run("convert", ":in.native", "--to", "libxc-v3", "--explain");
        assertTrue(libxc.err().contains("site.ticket"), libxc.err());
    }
}
