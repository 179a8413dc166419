package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.Main;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Images that real Xens saved, as JSON with their pages next to it and back. */
class RealImageDumpTest {
    @TempDir private Path folder;

    private void comesBack(Path image) throws IOException {
        Path dump = folder.resolve("dump");
        Path loaded = folder.resolve("loaded");
        assertEquals(0, Main.run("dump", image.toString(), dump.toString()));
        assertEquals(0, Main.run("load", dump.toString(), loaded.toString()));
        assertEquals(-1, Files.mismatch(image, loaded));
    }

    @ParameterizedTest
    @ValueSource(strings = {"417-pv1.save", "417-pvh1.save", "417-hvm1.save", "414-pv.migrate.fwd"})
    void anImageComesBackByteForByte(String name) throws IOException {
        comesBack(RealImages.file(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native-stream"})
    void anImageInANativeFormComesBackByteForByte(String form) throws IOException {
        Path image = folder.resolve("image");
        String saved = RealImages.file("417-pvh1.save").toString();
        assertEquals(0, Main.run("convert", saved, image.toString(), "--to", form));
        comesBack(image);
    }
}
