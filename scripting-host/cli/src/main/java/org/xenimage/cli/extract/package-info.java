/**
 * {@code xenimage extract}: parts of an image by themselves: config, metadata, a record, pages.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.extract;
