package org.xenimage.script.jsr223;

import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;

/**
 * An image that scripts see and edit under the name it is bound to. The image itself is not written: {@link #transform}
 * is what the scripts edited, for a {@link org.xenimage.image.rewrite.Rewrite}.
 *
 * <p>The edits of a script that ends well count; those of one that fails do not. For one engine and
 * one thread at a time.
 */
public final class ScriptImage {
    private final ImageIndex index;
    private final ImageFacts facts;
    private final StagedEdits edits = new StagedEdits();

    private ScriptImage(ImageIndex index, ImageFacts facts) {
        this.index = index;
        this.facts = facts;
    }

    /**
     * An image, not edited yet.
     *
     * @param index of the image; stays its owner's, and must be open as long as scripts use it
     * @return the image
     * @throws IOException if the image's config cannot be read
     */
    public static ScriptImage of(ImageIndex index) throws IOException {
        return new ScriptImage(
                index, ImageFacts.of(index.elements(), index.first(LibxcHeader.class)));
    }

    ImageIndex index() {
        return index;
    }

    ImageFacts facts() {
        return facts;
    }

    /** {@return what scripts edited, step by step} */
    public StagedEdits edits() {
        return edits;
    }

    /** {@return what scripts edited, as a transform of the image} */
    public ImageTransform transform() {
        return edits.transform();
    }
}
