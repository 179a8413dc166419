package org.xenimage.image.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

class FieldJsonTest {
    private static final Layout LAYOUT =
            Layout.struct(
                    "layout",
                    Layout.u64("value"),
                    Layout.bytes("run", 2),
                    Layout.numbers("numbers", 2, 1));

    @Test
    void fieldsBecomeIntegersStringsArraysAndObjects() {
        assertEquals(
                "{\"value\":18446744073709551615,\"run\":\"00ab\",\"numbers\":[1,255],"
                        + "\"text\":\"caf\u00e9\",\"inner\":{}}",
                FieldJson.toJson(fields()).toString());
    }

    @Test
    void whatComesBackEncodesTheSame() throws JsonProcessingException {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>(fields().members());
        members.remove("text");
        members.remove("inner");
        var fields = new FieldValue.Group(members);
        String json = FieldJson.toJson(fields).toString();
        FieldValue.Group back = FieldJson.fields((ObjectNode) new ObjectMapper().readTree(json));
        assertEquals(
                FieldValue.Bytes.of(LAYOUT.encode(fields, ByteOrder.LITTLE_ENDIAN)),
                FieldValue.Bytes.of(LAYOUT.encode(back, ByteOrder.LITTLE_ENDIAN)));
    }

    @Test
    void valueThatNoFieldCanHoldIsRejectedByItsPath() throws JsonProcessingException {
        for (String value : List.of("-1", "1.5", "18446744073709551616", "null", "true")) {
            var json = (ObjectNode) new ObjectMapper().readTree("{\"a\":[{\"b\":" + value + "}]}");
            var e = assertThrows(FieldRejected.class, () -> FieldJson.fields(json), value);
            assertEquals("a[0].b", e.path());
            assertEquals(value.equals("null") ? "nothing" : value, e.found());
        }
    }

    private static FieldValue.Group fields() {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        members.put("value", FieldValue.u64(-1L));
        members.put("run", FieldValue.Bytes.ofHex("00ab"));
        members.put(
                "numbers", new FieldValue.Sequence(List.of(FieldValue.u8(1), FieldValue.u8(255))));
        members.put("text", new FieldValue.Text("caf\u00e9"));
        members.put("inner", new FieldValue.Group(new LinkedHashMap<>()));
        return new FieldValue.Group(members);
    }
}
