package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.script.policy.Operation;

import java.util.List;
import java.util.Optional;

class SaveCalloutTest {
    @ParameterizedTest
    @CsvSource({
        "--save-domain 14 11 1 0 136 0, SAVE, false",
        "--save-domain 14 11 1 1 136 0, MIGRATE_OUT, false",
        "--save-domain 14 11 1 3 136 2, MIGRATE_OUT, true",
        "--save-domain 14 11 1 0 0 1 1 12 0, MIGRATE_OUT, false",
        "--save-domain 14 11 1 0 0 4 1 12 0, SAVE, false",
        "--restore-domain 12 -1 2 1 0 2 0 768 0, RESTORE, false",
        "--restore-domain 12 13 2 1 0 2 0 1 0 0 768 1, RESTORE, true"
    })
    void theCommandLinesOfAllVersionsAreKnown(
            String line, Operation operation, boolean checkpointed) {
        List<String> words = List.of(line.split(" "));
        SaveCallout call = SaveCallout.of(words).orElseThrow();
        assertEquals(
                new SaveCallout(
                        operation,
                        Integer.parseInt(words.get(1)),
                        words.get(3),
                        checkpointed,
                        words),
                call);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--version",
                "--save-domain",
                "--save-domain 14 11 1",
                "--save-domain x 11 1 0 136 0",
                "--save-domain 1 11 1 0 136 0",
                "--save-domain -1 11 1 0 136 0",
                "--save-domain 99999999999 11 1 0 136 0",
                "--postcopy-domain 14 11 1 0 136 0"
            })
    void anythingElseIsNotACall(String line) {
        assertEquals(Optional.empty(), SaveCallout.of(List.of(line.split(" "))));
    }
}
