package org.xenimage.tests.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A project of someone else, a named module with the README's example in it, compiles against the
 * built artifacts and runs. It sees exported packages only, and finds the codecs as services.
 */
class ForeignProjectTest {
    private static final String MODULE =
            """
            module org.example.embed {
                requires org.xenimage.image;
                requires org.xenimage.sample;
                uses org.xenimage.image.spi.ImageFormat;
            }
            """;

    private static final String MAIN =
            """
            package org.example.embed;

            import org.xenimage.image.Images;
            import org.xenimage.image.element.ImageTransform;
            import org.xenimage.image.element.RecordFrame;
            import org.xenimage.image.io.ChannelSink;
            import org.xenimage.image.record.RecordType;
            import org.xenimage.image.rewrite.Rewrite;
            import org.xenimage.image.spi.ImageReader;
            import org.xenimage.image.spi.ImageWriter;
            import org.xenimage.sample.SampleGuest;
            import org.xenimage.sample.SampleImage;

            import java.nio.file.Files;
            import java.nio.file.Path;

            public final class Main {
                public static void main(String[] args) throws Exception {
                    var xl = Images.load().formats().stream().filter(f -> f.name().equals("xl")).findFirst().orElseThrow();
                    try (ImageWriter sample = xl.write(ChannelSink.create(Path.of("web1.save")))) {
                        SampleImage.of(SampleGuest.PV).writeTo(sample);
                    }
            %s
                    System.out.println(Files.mismatch(Path.of("web1.save"), Path.of("web2.save")));
                }
            }
            """;

    @Test
    void readmesExampleCompilesAndRunsAgainstTheArtifacts(@TempDir Path project)
            throws IOException, InterruptedException {
        Path sources = Files.createDirectories(project.resolve("src/org/example/embed"));
        Path main = sources.resolve("Main.java");
        Path module = project.resolve("src/module-info.java");
        Files.writeString(main, MAIN.replace("%s", readmesExample()));
        Files.writeString(module, MODULE);
        Path classes = project.resolve("classes");

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new StringWriter();
        boolean compiled =
                compiler.getTask(
                                messages,
                                null,
                                null,
                                List.of(
                                        "-d",
                                        classes.toString(),
                                        "-proc:none",
                                        "--module-path",
                                        artifacts()),
                                null,
                                compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)
                                        .getJavaFileObjects(main, module))
                        .call();
        assertTrue(compiled, messages::toString);

        Process run =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED,com.github.luben.zstd_jni",
                                "--module-path",
                                classes + File.pathSeparator + artifacts(),
                                "--module",
                                "org.example.embed/org.example.embed.Main")
                        .directory(project.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, run.waitFor(), output);
        assertEquals("-1", output.strip(), "a sample has no VERIFY, so nothing changes");
    }

    /** The Java block of the README, verbatim. */
    private static String readmesExample() throws IOException {
        Matcher block =
                Pattern.compile("^```java\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("..", "README.md")));
        assertTrue(block.find(), "the README has no Java example");
        return block.group(1);
    }

    /** What a user of the API puts on the module path, the artifacts of this build and the libraries they require. */
    private static String artifacts() {
        Pattern wanted =
                Pattern.compile(
                        "(xenimage-(image|sample|formats)|/api/(image|sample|formats)/|jackson-(core"
                                + "|databind|annotations)"
                                + "|zstd-jni|re2j).*");
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> wanted.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
