package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The registers of vCPUs by name, whichever record they are in: X86_PV_VCPU_BASIC of a PV guest,
 * the CPU entries of HVM_CONTEXT of any other. Numbers only, by the names of Xen's headers; the
 * control and debug registers of a PV guest, which are in arrays, have their usual names.
 */
final class Registers {
    private static final Map<String, String> ARRAYS = Map.of("ctrlreg", "cr", "debugreg", "dr");

    private Registers() {}

    /** The vCPUs of a record; none if it holds none. */
    static List<ObjectNode> of(RecordFrame frame) throws IOException {
        List<ObjectNode> vcpus = new ArrayList<>();
        if (frame.type().equals(RecordType.X86_PV_VCPU_BASIC)) {
            ObjectNode fields = TypedFields.tree(frame.fields());
            vcpus.add(vcpu(fields.path("vcpu_id"), fields));
        } else if (frame.type().equals(RecordType.HVM_CONTEXT)) {
            for (JsonNode entry : TypedFields.tree(frame.fields()).path("entries"))
                if (entry.path("cpu") instanceof ObjectNode cpu)
                    vcpus.add(vcpu(entry.path("instance"), cpu));
        }
        return vcpus;
    }

    private static ObjectNode vcpu(JsonNode id, ObjectNode fields) {
        ObjectNode vcpu = JsonNodeFactory.instance.objectNode();
        vcpu.set("id", id);
        if (fields.get("user_regs") instanceof ObjectNode general) numbers(general, vcpu);
        numbers(fields, vcpu);
        vcpu.remove(List.of("vcpu_id", "reserved"));
        return vcpu;
    }

    private static void numbers(ObjectNode from, ObjectNode to) {
        for (var property : from.properties()) {
            String name = property.getKey();
            JsonNode value = property.getValue();
            if (value.isNumber()) to.set(name, value);
            else if (value.isArray() && ARRAYS.containsKey(name)) {
                for (int i = 0; i < value.size(); i++) to.set(ARRAYS.get(name) + i, value.get(i));
            }
        }
    }
}
