/** Trees: what a hook changed in one, and the rest left as it stood. */
@org.jspecify.annotations.NullMarked
package org.xenimage.script.tree;
