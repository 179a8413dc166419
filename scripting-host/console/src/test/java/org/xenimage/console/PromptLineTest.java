package org.xenimage.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Commands are told from code by how a line begins. */
class PromptLineTest {
    private static final Set<String> NAMES = Set.of("info", "find", "map", "commit", "policy");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "info",
                " info ",
                ":info",
                "find TOKEN=",
                "find .text",
                "map used",
                "commit /tmp/x",
                "policy ./p.js a=b",
                "find -x",
                ":find = 3"
            })
    void aNameThatNoOperatorFollowsIsACommand(String line) throws CommandMisused {
        assertEquals(true, PromptLine.typed(line, NAMES).isPresent(), line);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "information", "find = 3", "find=3", "map(f)", "info.x", "map [1]", "info + 1",
                "find == 2", "map, info", "(info)", "infox", "find in x", "info; 1",
                        "image.find('x')",
                "map\n+ 1", "find && 1", "info++"
            })
    void everythingElseIsCode(String line) throws CommandMisused {
        assertEquals(Optional.empty(), PromptLine.typed(line, NAMES), line);
    }

    @Test
    void quotesAndBackslashesKeepBlanks() throws CommandMisused {
        assertEquals(
                Optional.of(List.of("find", "two words", "a b", "it's", "")),
                PromptLine.typed("find 'two words' a\\ b \"it's\" ''", NAMES));
    }

    @Test
    void aQuoteThatDoesNotEndIsTold() {
        assertThrows(CommandMisused.class, () -> PromptLine.typed("find 'x", NAMES));
    }

    @Test
    void linesThatBeginWithAColonCutATextAndLineNumbersStay() {
        assertEquals(
                List.of(
                        new Pieces.Code("a\n b\n"),
                        new Pieces.Order("info"),
                        new Pieces.Code("\n\n\nc\n\n")),
                Pieces.of("a\n b\n:info\nc\n"));
        assertEquals(List.of(new Pieces.Order("undo")), Pieces.of("\n:undo\n\n"));
    }
}
