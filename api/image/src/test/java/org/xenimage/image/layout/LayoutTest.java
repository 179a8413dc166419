package org.xenimage.image.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

class LayoutTest {
    private static final Fault PLACE = Fault.in("a.save").at(0x914).element("record TEST");

    private static final Layout ITEM =
            Layout.struct("item", Layout.u16("index"), Layout.u16("value"));
    private static final Layout ALL =
            Layout.struct(
                    "all",
                    Layout.u8("byte"),
                    Layout.pad("_pad", 1),
                    Layout.u16("short").allow(1, 0x201),
                    Layout.u32("int"),
                    Layout.u64("long"),
                    Layout.bytes("run", 3),
                    Layout.group("inner", Layout.struct("inner", Layout.u8("deep"))),
                    Layout.numbers("numbers", 2, 2),
                    Layout.array("items", 2, ITEM),
                    Layout.spaced("spaced", 2, 1, 3),
                    Layout.count("count", 2),
                    Layout.counted("counted", ITEM));

    private static final String LITTLE_ENDIAN =
            "010002010300000004000000000000000506070809000a000b000c000d000e000f00001000000200110012001300ffff";

    @Test
    void everyKindOfMemberDecodesAndEncodes() throws ImageException {
        FieldValue.Group fields =
                ALL.decode(
                        bytes(LITTLE_ENDIAN.replace("0201", "0100")),
                        ByteOrder.LITTLE_ENDIAN,
                        PLACE);
        assertEquals(
                "{byte=1, short=1, int=3, long=4, run=050607, inner={deep=8}, numbers=[9, 10], items=[{index=11,"
                        + " value=12}, {index=13, value=14}], spaced=[15, 16], counted=[{index=17, value=18},"
                        + " {index=19, value=65535}]}",
                fields.toString());
        assertEquals(
                LITTLE_ENDIAN.replace("0201", "0100"),
                HexFormat.of().formatHex(ALL.encode(fields, ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void byteOrderTurnsIntegersOnly() throws ImageException {
        FieldValue.Group fields =
                ALL.decode(
                        bytes(LITTLE_ENDIAN.replace("0201", "0100")),
                        ByteOrder.LITTLE_ENDIAN,
                        PLACE);
        byte[] big = ALL.encode(fields, ByteOrder.BIG_ENDIAN);
        assertEquals(
                "0100000100000003000000000000000405060708000 9000a000b000c000d000e0f000010000000020011001200 13ffff"
                        .replace(" ", ""),
                HexFormat.of().formatHex(big));
        assertEquals(fields, ALL.decode(MemorySegment.ofArray(big), ByteOrder.BIG_ENDIAN, PLACE));
    }

    @Test
    void paddingShowsOnlyWhereItIsNotZeroAndSurvives() throws ImageException {
        byte[] body = HexFormat.of().parseHex(LITTLE_ENDIAN.replace("0201", "0100"));
        body[1] = 0x55;
        body[body.length - 15] = 0x66;
        FieldValue.Group fields =
                ALL.decode(MemorySegment.ofArray(body), ByteOrder.LITTLE_ENDIAN, PLACE);
        assertEquals("55", fields.bytes("_pad").toString());
        assertEquals("66000000", fields.bytes("_spaced_gaps").toString());
        assertArrayEquals(body, ALL.encode(fields, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void bodyThatIsTooShortNamesTheFieldAndItsOffset() {
        var e =
                assertThrows(
                        CorruptImage.class,
                        () -> ALL.decode(bytes("01000100000000"), ByteOrder.LITTLE_ENDIAN, PLACE));
        assertEquals(
                "a.save: record TEST at 0x920: int is truncated: expected 4 bytes, found 3 before the end of the body",
                e.getMessage());
    }

    @Test
    void faultOfARecordMadeHereHasNoOffset() {
        var e =
                assertThrows(
                        CorruptImage.class,
                        () ->
                                ALL.decode(
                                        bytes("01"),
                                        ByteOrder.LITTLE_ENDIAN,
                                        Fault.in("a policy")));
        assertEquals(Fault.NO_OFFSET, e.fault().offset());
    }

    @Test
    void bodyThatIsTooLongIsCorrupt() {
        var e =
                assertThrows(
                        CorruptImage.class,
                        () -> ITEM.decode(bytes("0100020003"), ByteOrder.LITTLE_ENDIAN, PLACE));
        assertEquals(
                "a.save: record TEST at 0x91c is too long for item: expected 4 bytes, found 5",
                e.getMessage());
    }

    @Test
    void valueThatTheFormatDoesNotDefineIsCorrupt() {
        var e =
                assertThrows(
                        CorruptImage.class,
                        () -> ALL.decode(bytes("01000300"), ByteOrder.LITTLE_ENDIAN, PLACE));
        assertEquals(
                "a.save: record TEST at 0x91e: short: expected 0x1 or 0x201, found 0x3",
                e.getMessage());
    }

    @Test
    void countIsCheckedBeforeAnythingIsAllocated() {
        Layout counted =
                Layout.struct("counted", Layout.count("count", 4), Layout.counted("items", ITEM));
        var e =
                assertThrows(
                        CorruptImage.class,
                        () ->
                                counted.decode(
                                        bytes("ffffffff" + "01000200"),
                                        ByteOrder.LITTLE_ENDIAN,
                                        PLACE));
        assertEquals(
                "a.save: record TEST at 0x920: items has more items than bytes: expected at most 0x1, found 0xffffffff",
                e.getMessage());
    }

    @Test
    void moreStructuresThanTheBoundIsALimitNotAnOutOfMemory() {
        Layout list = Layout.struct("list", Layout.repeatedToEnd("items", ITEM));
        var body = MemorySegment.ofArray(new byte[4 * (Layout.ITEMS_MAX + 1)]);
        assertThrows(LimitExceeded.class, () -> list.decode(body, ByteOrder.LITTLE_ENDIAN, PLACE));
    }

    @Test
    void listThatEndsWithinAnItemIsCorrupt() {
        Layout list = Layout.struct("list", Layout.repeatedToEnd("items", ITEM));
        assertThrows(
                CorruptImage.class,
                () -> list.decode(bytes("010002"), ByteOrder.LITTLE_ENDIAN, PLACE));
        assertTrue(list.fits(0) && list.fits(8) && !list.fits(3));
    }

    @Test
    void missingFieldIsRejectedByItsPath() {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        members.put("index", FieldValue.u16(1));
        rejected("field value: expected a value, found none", members);
    }

    @Test
    void unknownNameIsRejectedByItsPath() {
        SequencedMap<String, FieldValue> members = item(1, 2);
        members.put("extra", FieldValue.u16(1));
        rejected(
                "field extra: expected one of index, value, found a name that item does not have",
                members);
    }

    @Test
    void valueBeyondTheWidthIsRejectedByItsPath() {
        SequencedMap<String, FieldValue> members = item(1, 0);
        members.put("value", FieldValue.u64(0x10000));
        rejected("field value: expected at most 0xffff, found 0x10000", members);
    }

    @Test
    void valueOfAnotherKindIsRejectedByItsPath() {
        SequencedMap<String, FieldValue> members = item(1, 0);
        members.put("value", new FieldValue.Text("12"));
        rejected("field value: expected 16-bit integer, found \"12\"", members);
    }

    @Test
    void integerOfAnyWidthIsAcceptedWhereItsValueFits() {
        SequencedMap<String, FieldValue> members = item(1, 0);
        members.put("value", FieldValue.u64(0xffff));
        assertArrayEquals(
                new byte[] {1, 0, -1, -1},
                ITEM.encode(new FieldValue.Group(members), ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void offsetsAreThoseOfTheWire() {
        assertEquals(OptionalLong.of(8), ALL.offsetOf("long"));
        assertEquals(OptionalLong.of(19), ALL.offsetOf("inner.deep"));
        assertEquals(OptionalLong.of(30), ALL.offsetOf("items[1].value"));
        assertEquals(OptionalLong.of(35), ALL.offsetOf("spaced[1]"));
        assertEquals(OptionalLong.of(44), ALL.offsetOf("counted[1].index"));
        assertEquals(OptionalLong.empty(), ALL.offsetOf("items[2]"));
        assertEquals(OptionalLong.empty(), ALL.offsetOf("nothing"));
        assertEquals(Optional.of("items[1].value"), ALL.pathAt(31));
        assertEquals(Optional.of("counted[1].index"), ALL.pathAt(45));
        assertEquals(Optional.of("_pad"), ALL.pathAt(1));
        assertEquals(Optional.empty(), ITEM.pathAt(4));
    }

    @Test
    void layoutTellsItsOwnFieldsFromOthers() {
        assertTrue(ITEM.describes(new FieldValue.Group(item(1, 2))));
        assertFalse(ITEM.describes(new FieldValue.Group(new LinkedHashMap<>())));
        assertFalse(ITEM.before("value").describes(new FieldValue.Group(item(1, 2))));
    }

    @Test
    void layoutThatCannotBeEncodedIsRefusedWhenItIsWritten() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Layout.struct("twice", Layout.u8("a"), Layout.u8("a")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Layout.struct("after", Layout.rest("a"), Layout.u8("b")));
        assertThrows(
                IllegalArgumentException.class,
                () -> Layout.array("a", 2, Layout.struct("open", Layout.rest("b"))));
        assertThrows(IllegalArgumentException.class, () -> ITEM.before("nothing"));
        assertEquals(
                List.of("index", "value"),
                ITEM.members().stream().map(Layout.Member::name).toList());
    }

    private static SequencedMap<String, FieldValue> item(int index, int value) {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        members.put("index", FieldValue.u16(index));
        members.put("value", FieldValue.u16(value));
        return members;
    }

    private static void rejected(String message, SequencedMap<String, FieldValue> members) {
        var e =
                assertThrows(
                        FieldRejected.class,
                        () -> ITEM.encode(new FieldValue.Group(members), ByteOrder.LITTLE_ENDIAN));
        assertEquals(message, e.getMessage());
    }

    private static MemorySegment bytes(String hex) {
        return MemorySegment.ofArray(HexFormat.of().parseHex(hex));
    }
}
