/** Images that were made to harm: every command ends in one line, leaves nothing, and takes no more than it may. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.hostile;
