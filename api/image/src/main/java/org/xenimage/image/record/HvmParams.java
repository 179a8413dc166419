package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * The parameters of an HVM guest (libxc-migration-stream, section HVM_PARAMS).
 *
 * <pre>
 *   0  u32 count
 *   4  u32 reserved
 *   8  param[count]: u64 index ({@code hvm/params.h}, HVM_PARAM_*), u64 value
 * </pre>
 *
 * <p>Xen 4.6 to 4.8 could write a record with no parameters; it decodes (section Errata).
 *
 * @param reserved verbatim
 * @param params in the order of the wire
 */
public record HvmParams(long reserved, List<Param> params) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "HVM_PARAMS",
                    Layout.count("count", 4),
                    Layout.u32("reserved"),
                    Layout.counted(
                            "param",
                            Layout.struct("param", Layout.u64("index"), Layout.u64("value"))));

    /** Copies the list. */
    public HvmParams {
        params = List.copyOf(params);
    }

    /**
     * One parameter.
     *
     * @param index HVM_PARAM_*
     * @param value unsigned
     */
    public record Param(long index, long value) {
        /** {@return the name in {@code hvm/params.h}, such as {@code STORE_PFN}, if the index has one} */
        public Optional<String> name() {
            return HvmParamNames.of(index);
        }
    }

    static HvmParams of(FieldValue.Group fields) {
        return new HvmParams(
                fields.unsigned("reserved"),
                fields.sequence("param").stream()
                        .map(FieldValue.Group.class::cast)
                        .map(param -> new Param(param.unsigned("index"), param.unsigned("value")))
                        .toList());
    }

    /**
     * Looks a parameter up.
     *
     * @param name in {@code hvm/params.h}, with or without {@code HVM_PARAM_}
     * @return its value, if the record has it
     */
    public OptionalLong value(String name) {
        String bare = name.startsWith("HVM_PARAM_") ? name.substring("HVM_PARAM_".length()) : name;
        return params.stream()
                .filter(param -> param.name().equals(Optional.of(bare)))
                .mapToLong(Param::value)
                .findFirst();
    }

    @Override
    public SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        for (int at = 0; at < params.size(); at++) {
            String path = "param[%d].index".formatted(at);
            params.get(at).name().ifPresent(name -> names.put(path, "HVM_PARAM_" + name));
        }
        return Collections.unmodifiableSequencedMap(names);
    }

    @Override
    public RecordType type() {
        return RecordType.HVM_PARAMS;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("reserved", reserved)
                .groups(
                        "param",
                        params.stream()
                                .map(param ->
                                        new GroupBuilder()
                                                .u64("index", param.index())
                                                .u64("value", param.value())
                                                .build())
                                .toList())
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
