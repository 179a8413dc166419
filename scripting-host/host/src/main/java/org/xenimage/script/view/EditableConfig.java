package org.xenimage.script.view;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.script.engine.ScriptRefusal;

import java.io.IOException;

/**
 * Refuses a tree that the language of a config cannot hold, while the script that made it can still be named. JSON
 * holds every tree; XML has names and characters that it does not allow, and no arrays within arrays.
 */
public final class EditableConfig {
    private EditableConfig() {}

    /**
     * Checks an edited config.
     *
     * @param config before the edit
     * @param edited the tree that it is to hold
     * @throws ScriptRefusal if it cannot
     * @throws IOException if the config cannot be read
     */
    public static void require(Config config, ObjectNode edited) throws IOException {
        if (config.form() == Config.Form.JSON) return;
        try {
            var _ = config.edited(edited);
        } catch (FieldRejected e) {
            throw new ScriptRefusal("config: " + e.getMessage(), e);
        }
    }
}
