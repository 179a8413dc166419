package org.example.toolstack;

import org.xenimage.script.Policies;
import org.xenimage.script.RunSummary;

import java.nio.file.Path;

/** Policies in a toolstack's own process, by the native API. */
public final class WithPolicies {
    public static void main(String[] args) throws Exception {
        Path image = SampleSave.image();
        Path copy = image.resolveSibling("web2.save");
        try (Policies policies = Policies.load("scrub-pattern", "rename-domain.py")) {
            RunSummary done =
                    policies.set("text", "SECRET-API-TOKEN=")
                            .set("length", "49")
                            .set("to", "web2")
                            .apply(image, copy);
            System.out.println(done.edits() + " edits");
        }
    }
}
