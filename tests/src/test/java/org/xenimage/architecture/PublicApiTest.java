package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The public API is what the checked-in dump says it is, so that every change of it is seen in review. The dump is
 * rewritten by running this test with {@code -Dxenimage.api.update=true}.
 */
class PublicApiTest {

    private static final Path DUMPS = Path.of("src", "test", "resources", "public-api");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.xenimage.image",
                "org.xenimage.sample",
                "org.xenimage.tools",
                "org.xenimage.migrate",
                "org.xenimage.script",
                "org.xenimage.pipeline"
            })
    void publicApiIsAsCheckedIn(String name) throws IOException {
        ModuleReference module = ProjectModules.find().get(name);
        if (module == null) {
            throw new AssertionError(name + " is not on the class path of these tests");
        }
        Path dump = DUMPS.resolve(name + ".txt");
        String actual = PublicApi.of(module);
        if (Boolean.getBoolean("xenimage.api.update")) {
            Files.createDirectories(DUMPS);
            Files.writeString(dump, actual);
        }
        String expected = Files.exists(dump) ? Files.readString(dump) : "";
        assertEquals(
                expected,
                actual,
                () ->
                        "the public API of "
                                + name
                                + " is not what tests/"
                                + dump
                                + " says; if the change is meant, run"
                                + " mvn verify -Dxenimage.api.update=true and put the dump in the same commit");
    }
}
