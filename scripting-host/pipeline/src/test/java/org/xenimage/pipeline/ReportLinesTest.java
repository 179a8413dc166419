package org.xenimage.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.pipeline.BulkRequest.Choice;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

class ReportLinesTest {
    @TempDir private Path folder;

    @Test
    void eachImageHasALineThatSaysWhatBecameOfIt() throws Exception {
        Path in = folder.resolve("in");
        Trees.image(in.resolve("a b\n.save"), "one");
        Trees.image(in.resolve("v.save"), "veto");
        Files.writeString(in.resolve("text"), "no image");
        BulkRequest request = Trees.request(in, folder.resolve("out"));
        Map<String, JsonNode> lines = report(request);
        assertEquals(3, lines.size());
        JsonNode delivered = line(lines, "a b\n.save");
        assertEquals("delivered", delivered.path("status").asText());
        assertEquals(64, delivered.path("output").path("sha256").asText().length());
        assertEquals("rename", delivered.path("policies").path(0).path("policy").asText());
        assertEquals(1, delivered.path("edits").asInt());
        assertTrue(delivered.path("seconds").isNumber());
        assertFalse(delivered.has("error"));
        assertTrue(line(lines, "v.save").path("error").asText().contains("not this one"));
        assertTrue(line(lines, "text").has("note"));
        JsonNode unchanged = line(report(Trees.with(request, Choice.RESUME)), "a b\n.save");
        assertEquals("delivered-earlier", unchanged.path("status").asText());
        assertEquals(delivered.path("output"), unchanged.path("output"));
    }

    private static JsonNode line(Map<String, JsonNode> lines, String name) {
        JsonNode line = lines.get(name);
        if (line == null) throw new AssertionError(name + " is not among " + lines);
        return line;
    }

    private Map<String, JsonNode> report(BulkRequest request)
            throws IOException, InterruptedException {
        Path file = folder.resolve("report.jsonl");
        try (Writer lines = Files.newBufferedWriter(file);
                BulkRun run = BulkRun.open(request, Trees.host())) {
            run.run(ReportLines.to(lines)::add);
        }
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode node = new JsonMapper().readTree(line);
            lines.put(node.path("file").asText(), node);
        }
        return lines;
    }
}
