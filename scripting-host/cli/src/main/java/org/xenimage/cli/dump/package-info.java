/**
 * The commands dump and load. The form of a dump is in {@link org.xenimage.tools.dump}; here are
 * the commands' options, the folder, and the check that what was loaded can be read again.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.dump;
