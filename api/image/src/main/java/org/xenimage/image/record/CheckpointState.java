package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A step of a COLO checkpoint (libxl-migration-stream, section CHECKPOINT_STATE).
 *
 * <pre>
 *   0  u32 control_id  see {@link #controlName}
 *   4  u32 padding     in the specification; libxl itself leaves it out of the body
 * </pre>
 *
 * @param fields {@code control_id}, and {@code padding} if it stands there
 */
public record CheckpointState(FieldValue.Group fields) implements XenRecord {
    private static final Layout SHORT = Layout.struct("CHECKPOINT_STATE", Layout.u32("control_id"));

    static final LayoutChoice LAYOUTS = LayoutChoice.of(SHORT, SHORT.and(Layout.u32("padding")));

    private static final List<String> NAMES =
            List.of(
                    "CHECKPOINT_NEW",
                    "CHECKPOINT_SVM_SUSPENDED",
                    "CHECKPOINT_SVM_READY",
                    "CHECKPOINT_SVM_RESUMED");

    /** {@return which step} */
    public long controlId() {
        return fields.unsigned("control_id");
    }

    /** {@return the name of the step, if it has one} */
    public Optional<String> controlName() {
        long id = controlId();
        return id < NAMES.size() ? Optional.of(NAMES.get((int) id)) : Optional.empty();
    }

    @Override
    public SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        controlName().ifPresent(name -> names.put("control_id", name));
        return Collections.unmodifiableSequencedMap(names);
    }

    @Override
    public RecordType type() {
        return RecordType.CHECKPOINT_STATE;
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUTS.of(fields));
    }
}
