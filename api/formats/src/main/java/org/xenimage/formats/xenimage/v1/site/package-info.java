/** How the sections of sites are stored in a native image ("Sections of a site" in the specification). */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.site;
