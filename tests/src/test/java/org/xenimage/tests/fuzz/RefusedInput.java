package org.xenimage.tests.fuzz;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;

import java.util.List;

/** An input that is refused as it should be: by a declared error, in words that are for people. */
final class RefusedInput {
    private static final List<String> INTERNAL =
            List.of("com.fasterxml", "com.github", "org.xenimage.", "java.lang.", "org.yaml");

    private RefusedInput() {}

    static void as(ImageException refusal) {
        says(refusal.fault());
        for (Throwable cause = refusal; cause != null; cause = cause.getCause())
            if (cause instanceof VirtualMachineError)
                throw new AssertionError("hides an error of the machine", refusal);
    }

    static void says(Fault fault) {
        says(fault.message());
    }

    static void says(String message) {
        if (message.isBlank()) throw new AssertionError("says nothing");
        for (String word : INTERNAL)
            if (message.contains(word)) throw new AssertionError("says " + word + ": " + message);
    }
}
