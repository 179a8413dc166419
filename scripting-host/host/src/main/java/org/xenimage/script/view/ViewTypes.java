package org.xenimage.script.view;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.RecordShape;

import java.util.List;

/** The descriptions of all views, for typings, reference and help. */
public final class ViewTypes {
    private ViewTypes() {}

    /** {@return the objects of a policy, then those of the console, then those of tests} */
    public static List<ObjectType> types() {
        return List.of(
                RunView.CTX.type(),
                RunView.IMAGE.type(),
                RunView.PAGES.type(),
                GrantHandle.GRANT.type(),
                RecordHandle.RECORD.type(),
                SectionHandle.SECTION.type(),
                BatchHandle.BATCH.type(),
                PageHandle.PAGE.type(),
                ImageHandle.IMAGE.type(),
                ImagePages.PAGES.type(),
                TestHandle.TEST.type(),
                ResultHandle.RESULT.type());
    }

    /** {@return the kinds of records, each with its fields} */
    public static List<RecordShape> records() {
        return RecordFields.all();
    }
}
