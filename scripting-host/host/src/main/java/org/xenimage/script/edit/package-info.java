/**
 * Staged edits of an image: what a session changed, step by step, with undo. The image itself is not written; the edits
 * are a transform of it.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.edit;
