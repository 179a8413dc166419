package org.xenimage.image.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.layout.FieldRejected;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** The record of xenopsd as a tree, and edits of it that keep every other byte. */
class SuspendRecordTest {
    private static final Fault PLACE = Fault.in("test").element("config");
    private static final String RECORD =
            "((time 20261125T22:00:00Z) ; when\n (word_size 64)(vm_str \"((id \\\"a\\\\b\\\")\\195\\169)\")"
                    + "#| more #| deep |# |# (xs_subtree ((a/b \"\")(c (d e)))))";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode tree(String text) throws IOException {
        return SuspendRecord.parse(MemorySegment.ofArray(bytes(text)), PLACE);
    }

    private static String edited(Consumer<ObjectNode> edit) throws IOException {
        ObjectNode tree = tree(RECORD);
        edit.accept(tree);
        String made =
                new String(SuspendRecord.edit(bytes(RECORD), tree, PLACE), StandardCharsets.UTF_8);
        assertEquals(tree.toString(), tree(made).toString(), made);
        return made;
    }

    @Test
    void theRecordIsAnObjectOfTextsAndArrays() throws IOException {
        assertEquals(
                new JsonMapper()
                        .readTree(
                                """
                                {"time": "20261125T22:00:00Z", "word_size": "64",
                                 "vm_str": "((id \\"a\\\\b\\")é)",
                                 "xs_subtree": [["a/b", ""], ["c", ["d", "e"]]]}
                                """),
                tree(RECORD));
    }

    @Test
    void aValueIsReplacedAndNothingElse() throws IOException {
        assertArrayEquals(bytes(RECORD), bytes(edited(_ -> {})));
        assertEquals(RECORD.replace("64", "32"), edited(record -> record.put("word_size", "32")));
        assertEquals(
                RECORD.replace("(d e)", "(d \"f g\")"),
                edited(record -> record.withArray("/xs_subtree/1/1").set(1, "f g")));
        assertEquals(
                RECORD.replace("(time 20261125T22:00:00Z)", ""),
                edited(record -> record.remove("time")));
        assertEquals(
                RECORD.substring(0, RECORD.length() - 1) + "(new \"a\\n\\195\\169\"))",
                edited(record -> record.put("new", "a\né")));
        assertEquals(
                RECORD.replace("((a/b \"\")(c (d e)))", "()"),
                edited(record -> record.putArray("xs_subtree")));
    }

    @Test
    void whatIsPrintedIsRead() throws IOException {
        ObjectNode record = JsonNodeFactory.instance.objectNode();
        for (String odd : List.of("", "a b", "\"", "\\", "(", ";", "#;x", "|#", "\0\u00ff", "é"))
            record.put("k" + odd, odd);
        record.putArray("list").add("x").addArray();
        assertEquals(
                record,
                SuspendRecord.parse(MemorySegment.ofArray(SuspendRecord.print(record)), PLACE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(",
                ")",
                "a",
                "()x",
                "((a))",
                "((a b c))",
                "(a)",
                "((a b)(a c))",
                "((a \"))",
                "((a \"\\9\"))",
                "((a \"\\999\"))",
                "((a \"\\xzz\"))",
                "(#| )",
                "((a b) #;)",
                "((\"a\" b"
            })
    void whatIsNoRecordIsRefusedInWords(String text) {
        var failure = assertThrows(CorruptImage.class, () -> tree(text));
        assertTrue(failure.fault().message().contains("record of xenopsd"), text);
    }

    @Test
    void nestingIsBounded() {
        assertThrows(LimitExceeded.class, () -> tree("(".repeat(10_000)));
        assertThrows(CorruptImage.class, () -> tree("#;".repeat(10_000)));
        assertThrows(CorruptImage.class, () -> tree("#|".repeat(1_000_000)));
    }

    @Test
    void whatItCannotHoldIsTheFaultOfTheEdit() throws IOException {
        for (Consumer<ObjectNode> edit :
                List.<Consumer<ObjectNode>>of(
                        record -> record.putNull("time"),
                        record -> record.putObject("time"),
                        record -> record.putArray("x").addNull())) {
            ObjectNode tree = tree(RECORD);
            edit.accept(tree);
            assertThrows(FieldRejected.class, () -> SuspendRecord.edit(bytes(RECORD), tree, PLACE));
        }
    }
}
