package org.xenimage.cli;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Language;

import picocli.CommandLine;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Loads, on other processors, what the command needs later, while the main thread reads the command line.
 *
 * <p>Nothing depends on it: classes that are not loaded when they are needed are loaded then, and whatever fails here
 * fails again where it can be reported. Its threads are daemons.
 */
final class HeadStart {
    /** Set by the launcher if policies will run: the id of their language. */
    static final String LANGUAGE = "xenimage.language";

    /** In the order in which picocli asks for them. */
    private static final List<Class<?>> ANNOTATIONS =
            List.of(
                    CommandLine.Option.class,
                    CommandLine.Mixin.class,
                    CommandLine.Parameters.class,
                    CommandLine.Spec.class);

    private HeadStart() {}

    /**
     * Begins, and returns at once.
     *
     * @param arguments of the program: policies that are isolated need no language here
     */
    static void begin(String... arguments) {
        String language =
                List.of(arguments).contains("--isolate") ? "" : System.getProperty(LANGUAGE, "");
        for (Language known : Language.values())
            if (known.id().equals(language))
                begin("head-start-" + language, () -> PolicyHost.prepare(known));
        begin(
                "head-start",
                () -> {
                    annotations();
                    json();
                });
    }

    private static void begin(String name, Runnable work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (RuntimeException | LinkageError e) {
                                System.getLogger(HeadStart.class.getName())
                                        .log(System.Logger.Level.DEBUG, name, e);
                            }
                        },
                        name);
        thread.setDaemon(true);
        thread.start();
    }

    /** The JVM makes a class for each type of annotation when the first one of the type is read. */
    private static void annotations() {
        for (Class<?> type : ANNOTATIONS)
            Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (_, method, _) -> method);
    }

    /** The reader of JSON computes large powers and asks for the calendars of the locale when it is loaded. */
    private static void json() {
        try {
            new ObjectMapper().readTree("{\"number\":0}");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
