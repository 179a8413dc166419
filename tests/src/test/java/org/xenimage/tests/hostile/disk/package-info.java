/**
 * A disk in memory whose calls can fail and whose power can be cut, behind the file system interfaces of Java.
 *
 * <p>Of those, only what the writing commands use is there; the rest is unsupported.
 */
@NullMarked
package org.xenimage.tests.hostile.disk;

import org.jspecify.annotations.NullMarked;
