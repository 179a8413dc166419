package org.xenimage.script;

import org.xenimage.script.policy.Language;

import java.nio.file.Path;
import java.util.List;

/** Starts a main class of the tests in a JVM of its own, since it ends that JVM or changes its state. */
final class ChildJvm {
    private ChildJvm() {}

    /**
     * Prepares the process.
     *
     * @param main the class to run
     * @param language of its policy, the only argument
     * @return the process, not started
     */
    static ProcessBuilder running(Class<?> main, Language language) {
        return new ProcessBuilder(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        language.name()));
    }
}
