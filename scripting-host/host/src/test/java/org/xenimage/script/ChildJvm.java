package org.xenimage.script;

import org.xenimage.script.policy.Language;

import java.nio.file.Path;
import java.util.ArrayList;
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
        return running(List.of(), main, language.name());
    }

    /**
     * Prepares the process.
     *
     * @param options of the JVM, more than those that every test needs
     * @param main the class to run
     * @param arguments of it
     * @return the process, not started
     */
    static ProcessBuilder running(List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
