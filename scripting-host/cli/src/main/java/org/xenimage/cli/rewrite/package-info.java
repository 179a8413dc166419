/**
 * {@code xenimage rewrite}: an image through policies into another image.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.rewrite;
