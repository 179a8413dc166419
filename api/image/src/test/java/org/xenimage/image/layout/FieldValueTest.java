package org.xenimage.image.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

class FieldValueTest {
    private static final FieldValue.Group REGS =
            group("rip", FieldValue.u64(-1L), "cs", FieldValue.u16(0xe033));
    private static final FieldValue.Group FIELDS =
            group(
                    "vcpu_id",
                    FieldValue.u32(1),
                    "user_regs",
                    REGS,
                    "ctrlreg",
                    new FieldValue.Sequence(List.of(FieldValue.u64(0), FieldValue.u64(5))),
                    "entries",
                    new FieldValue.Sequence(
                            List.of(group("cpu", group("rax", FieldValue.u64(7))))));

    private static FieldValue.Group group(Object... namesAndValues) {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        for (int at = 0; at < namesAndValues.length; at += 2)
            members.put((String) namesAndValues[at], (FieldValue) namesAndValues[at + 1]);
        return new FieldValue.Group(members);
    }

    @Test
    void sixtyFourBitsReadAsUnsigned() {
        FieldValue.Unsigned all = FieldValue.u64(-1L);
        assertEquals("18446744073709551615", all.toString());
        assertEquals("0xffffffffffffffff", all.toHex());
        assertEquals(BigInteger.TWO.pow(64).subtract(BigInteger.ONE), all.toBigInteger());
        assertEquals(BigInteger.valueOf(5), FieldValue.u64(5).toBigInteger());
    }

    @Test
    void valueBeyondItsWidthIsRefused() {
        var e = assertThrows(IllegalArgumentException.class, () -> FieldValue.u16(0x10000));
        assertEquals("value: expected at most 0xffff in 16 bits, found 0x10000", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> FieldValue.u32(-1));
        assertThrows(IllegalArgumentException.class, () -> new FieldValue.Unsigned(12, 0));
    }

    @Test
    void bytesAreEqualByValueAndNeverShared() {
        byte[] source = {1, (byte) 0xfe};
        FieldValue.Bytes run = FieldValue.Bytes.of(source);
        source[0] = 9;
        run.toArray()[1] = 9;
        assertEquals("01fe", run.toString());
        assertEquals(FieldValue.Bytes.ofHex("01FE"), run);
        assertEquals(FieldValue.Bytes.ofHex("01fe").hashCode(), run.hashCode());
        assertNotEquals(FieldValue.Bytes.ofHex("01"), run);
        assertEquals(0xfe, run.at(1));
        assertTrue(run.segment().isReadOnly());
        assertThrows(FieldRejected.class, () -> FieldValue.Bytes.ofHex("1"));
        assertThrows(FieldRejected.class, () -> FieldValue.Bytes.ofHex("xy"));
    }

    @Test
    void pathGoesThroughGroupsAndSequences() {
        assertEquals(-1L, FIELDS.unsigned("user_regs.rip"));
        assertEquals(5, FIELDS.unsigned("ctrlreg[1]"));
        assertEquals(7, FIELDS.unsigned("entries[0].cpu.rax"));
        assertEquals(Optional.empty(), FIELDS.find("entries[1].cpu"));
        assertEquals(Optional.empty(), FIELDS.find("vcpu_id.nothing"));
    }

    @Test
    void editLeavesTheOriginalAndTheOrderOfMembers() {
        FieldValue.Group edited =
                FIELDS.with("entries[0].cpu.rax", 8).with("user_regs.rip", FieldValue.u64(3));
        assertEquals(8, edited.unsigned("entries[0].cpu.rax"));
        assertEquals(3, edited.unsigned("user_regs.rip"));
        assertEquals(7, FIELDS.unsigned("entries[0].cpu.rax"));
        assertEquals(
                List.copyOf(FIELDS.members().keySet()), List.copyOf(edited.members().keySet()));
    }

    @Test
    void pathThatLeadsNowhereSaysWhatIsThere() {
        var e = assertThrows(FieldRejected.class, () -> FIELDS.get("user_regs.eip"));
        assertEquals(
                "field user_regs.eip: expected one of rip, cs at user_regs, found no such field",
                e.getMessage());
        var index = assertThrows(FieldRejected.class, () -> FIELDS.with("ctrlreg[2]", 0));
        assertEquals(
                "field ctrlreg[2]: expected an index up to 1 at ctrlreg, found no such field",
                index.getMessage());
    }

    @Test
    void numberThatDoesNotFitTheOldOneSaysWhatDoes() {
        var e = assertThrows(FieldRejected.class, () -> FIELDS.with("user_regs.cs", 0x12345));
        assertEquals("field user_regs.cs: expected at most 0xffff, found 0x12345", e.getMessage());
        assertThrows(FieldRejected.class, () -> FIELDS.with("user_regs", 1));
    }

    @Test
    void valueOfAnotherKindIsRejected() {
        assertThrows(FieldRejected.class, () -> FIELDS.bytes("vcpu_id"));
        assertThrows(FieldRejected.class, () -> FIELDS.text("vcpu_id"));
        assertThrows(FieldRejected.class, () -> FIELDS.unsigned("user_regs"));
        assertThrows(FieldRejected.class, () -> FIELDS.group("ctrlreg"));
        assertThrows(FieldRejected.class, () -> FIELDS.sequence("user_regs"));
    }

    @Test
    void textThatIsNoPathIsRejected() {
        for (String path :
                List.of(
                        "",
                        ".",
                        "a.",
                        "a..b",
                        "a[",
                        "a[]",
                        "a[x]",
                        "a[-1]",
                        "a[1]b",
                        "a[9999999999]"))
            assertThrows(FieldRejected.class, () -> FIELDS.find(path), path);
    }
}
