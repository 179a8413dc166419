/**
 * The commands around the label of a native image: metadata, sign, provenance.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.label;
