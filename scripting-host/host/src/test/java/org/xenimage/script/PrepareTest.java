package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** An engine that is made ahead goes to the first host that needs its language, also while it is being made. */
class PrepareTest {
    private static String source(Language language) {
        return switch (language) {
            case JAVASCRIPT ->
                    "export const policy = { api: 1, name: 'p' };\nexport function onBegin(ctx) {}\n";
            case PYTHON -> "POLICY = {'api': 1, 'name': 'p'}\ndef on_begin(ctx):\n    pass\n";
        };
    }

    @ParameterizedTest
    @EnumSource
    void aPolicyIsCheckedWhileItsLanguageIsPrepared(Language language) throws IOException {
        var preparing = CompletableFuture.runAsync(() -> PolicyHost.prepare(language));
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            Policy policy = host.parse("p" + language.suffix(), language, source(language));
            host.check(policy);
            preparing.join();
            host.check(policy);
            assertEquals("p", policy.name());
        }
        PolicyHost.prepare(language);
    }
}
