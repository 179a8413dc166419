package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.HostOptions;
import org.xenimage.script.Policies;
import org.xenimage.tests.testkit.PlainWords;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What the host says of each typical mistake, without an editor's help: the place, and what to write instead. */
class TypicalMistakesTest {
    @TempDir private static Path folder;

    @BeforeAll
    static void makeSample() throws IOException {
        ImageFormat xl =
                Images.load().formats().stream()
                        .filter(format -> format.name().equals("xl"))
                        .findFirst()
                        .orElseThrow();
        try (WritableByteChannel file =
                        FileChannel.open(
                                folder.resolve("in.save"),
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE);
                ImageWriter writer = xl.write(ChannelSink.over("in.save", file))) {
            SampleImage.of(SampleGuest.PVH).withMemoryMiB(4).writeTo(writer);
            writer.end();
        }
    }

    static List<TypicalMistake> mistakes() {
        return TypicalMistake.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void theHostSaysWhatToWriteInstead(TypicalMistake mistake) throws IOException {
        says(mistake.name() + ".js", mistake.javaScript(), mistake.javaScriptAdvice());
        says(mistake.name() + ".py", mistake.python(), mistake.pythonAdvice());
    }

    private static void says(String name, String source, String advice) throws IOException {
        Path policy = Files.writeString(folder.resolve(name), source);
        Path made = folder.resolve("out.save");
        ImageException failure =
                assertThrows(
                        ImageException.class,
                        () -> {
                            try (Policies policies =
                                    Policies.load(HostOptions.defaults(), policy.toString())) {
                                policies.apply(folder.resolve("in.save"), made);
                            }
                        },
                        name);
        String message = failure.fault().message();
        PlainWords.require(message);
        assertTrue(message.contains(name + ":"), message);
        assertTrue(message.contains(advice), () -> name + ": " + message);
        assertFalse(Files.exists(made), name);
    }
}
