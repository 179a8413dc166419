/**
 * Sections that a site defines and that travel with an image: the console log, a screenshot, an inventory record.
 *
 * <p>{@link org.xenimage.image.section.SectionHead} is what is known about a section without reading it,
 * {@link org.xenimage.image.section.SiteSection} is one with its content, and
 * {@link org.xenimage.image.section.SectionRegistry} lists the sections that this site knows. Only the
 * native format has them; the section "Sections of a site" of its specification defines how they are stored.
 *
 * <p>Not supported here: sections larger than {@link org.xenimage.image.section.SectionHead#LENGTH_MAX}, which belong
 * beside the image.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.section;
