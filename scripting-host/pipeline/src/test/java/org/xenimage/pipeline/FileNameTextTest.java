package org.xenimage.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.nio.file.Path;

class FileNameTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "a b/c", "ü/日本", "100%41", "new\nline", "a\\b\"", ""})
    void aNameInUtf8IsItself(String name) {
        assertEquals(name, FileNameText.of(Path.of(name)));
    }

    @Test
    void aNameThatIsNotUtf8IsToldFromAllOthers() {
        Path odd = Path.of("/").relativize(Path.of(URI.create("file:///a%20b/x%FFy")));
        assertEquals("//a%20b/x%FFy", FileNameText.of(odd));
    }
}
