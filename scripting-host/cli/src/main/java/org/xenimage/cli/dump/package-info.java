/**
 * The commands dump and load: an image as a JSON file with the contents of its pages next to it,
 * and back.
 *
 * <p>The two files hold what the elements of an image say, byte for byte. They do not hold what a
 * container keeps apart from its elements but its metadata: the provenance, compression and
 * encryption of a native image, and sections of it that this release does not know, are not in a
 * dump. {@code docs/dump.md} describes every member, and which one wins when it was edited.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.dump;
