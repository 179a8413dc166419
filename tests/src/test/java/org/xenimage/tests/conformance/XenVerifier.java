package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Xen's own verifier of streams. The folder that the environment variable {@code XENIMAGE_JUDGES} names holds a program
 * {@code xen-tool} that runs Xen's python tools; without it the tests that need it are skipped.
 */
final class XenVerifier {
    private static final String DRIVER = "/judge/verify-all.py";

    private final Path tool;

    private XenVerifier(Path tool) {
        this.tool = tool;
    }

    /** What Xen said of one stream. */
    record Verdict(int status, String reason) {
        boolean accepted() {
            return status == 0;
        }
    }

    static XenVerifier find() {
        String judges = System.getenv("XENIMAGE_JUDGES");
        assumeTrue(judges != null, "XENIMAGE_JUDGES is not set");
        Path tool = Path.of(Objects.requireNonNull(judges)).resolve("xen-tool");
        assumeTrue(Files.isReadable(tool), () -> "no " + tool);
        return new XenVerifier(tool);
    }

    /** Judges the streams of a folder by name, each named after its format. */
    Map<String, Verdict> verify(Path folder, Path work) throws IOException, InterruptedException {
        Path script = work.resolve("verify-all.py");
        try (InputStream driver =
                Objects.requireNonNull(XenVerifier.class.getResourceAsStream(DRIVER))) {
            Files.copy(driver, script);
        }
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        for (String line : run(toRoot(script), folder.toAbsolutePath().toString())) {
            String[] parts = line.split("\t", 3);
            verdicts.put(parts[0], new Verdict(Integer.parseInt(parts[1]), parts[2]));
        }
        return verdicts;
    }

    /**
     * The tool takes a script next to Xen's own ones: up to the root from there, and down again.
     */
    private static String toRoot(Path script) {
        return "../".repeat(40) + script.toAbsolutePath().toString().substring(1);
    }

    private List<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", tool.toString()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), "xen-tool failed");
        return output.lines().toList();
    }
}
