package org.xenimage.script.set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The schema for editors; the file is rewritten by running this test with {@code -Dxenimage.api.update=true}. */
class SetSchemaTest {
    private static final Path FILE =
            (Files.isDirectory(Path.of("scripting-host"))
                            ? Path.of("scripting-host", "host")
                            : Path.of(""))
                    .resolve("docs/policies.schema.json");

    @Test
    void theFileForEditorsIsTheSchemaOfTheReadersKeys() throws IOException {
        String made = SetSchema.make().toPrettyString() + "\n";
        if (Boolean.getBoolean("xenimage.api.update")) Files.writeString(FILE, made);
        assertEquals(
                Files.exists(FILE) ? Files.readString(FILE) : "",
                made,
                () -> FILE + " differs from the keys; run with -Dxenimage.api.update=true");
    }

    @Test
    void everyReferenceHasItsDefinition() {
        JsonNode schema = SetSchema.make();
        var references = schema.findValuesAsText("$ref");
        assertFalse(references.isEmpty());
        for (String reference : references)
            assertTrue(schema.at(reference.substring(1)).has("properties"), reference);
    }
}
