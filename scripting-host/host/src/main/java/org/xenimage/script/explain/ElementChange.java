package org.xenimage.script.explain;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.tree.TreeEdit;
import org.xenimage.script.view.Change;

import java.util.List;

/** An element that differs between the two sides. */
sealed interface ElementChange {
    /** The name of the element in messages. */
    String element();

    /**
     * The toolstack's config or site metadata.
     *
     * @param element which
     * @param edits of values
     * @param lines as a unified diff
     */
    record Tree(String element, List<TreeEdit> edits, List<ChangeLine> lines)
            implements ElementChange {
        public Tree {
            edits = List.copyOf(edits);
            lines = List.copyOf(lines);
        }
    }

    /**
     * A record or a header.
     *
     * @param element which
     * @param offset of the element in the source
     * @param fields the first fields that differ
     * @param more how many other fields differ
     */
    record Fields(String element, long offset, List<Change> fields, int more)
            implements ElementChange {
        public Fields {
            fields = List.copyOf(fields);
        }
    }

    /**
     * An element that the second side does not have.
     *
     * @param element which
     * @param offset of the element in the source
     */
    record Dropped(String element, long offset) implements ElementChange {}

    /**
     * An element that the first side does not have.
     *
     * @param element which
     * @param content what it holds
     */
    record Inserted(String element, JsonNode content) implements ElementChange {}

    /**
     * A page.
     *
     * @param page on both sides
     */
    record Page(PageChange page) implements ElementChange {
        @Override
        public String element() {
            return "page";
        }
    }
}
