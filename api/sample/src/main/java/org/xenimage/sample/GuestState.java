package org.xenimage.sample;

import org.xenimage.image.record.XenRecord;

import java.util.List;

/** The elements of a guest's image apart from its pages, in the order in which Xen writes them. */
interface GuestState {
    /** {@return the records before the pages, STATIC_DATA_END included} */
    List<XenRecord> beforePages();

    /** {@return the records after the pages, END excluded} */
    List<XenRecord> afterPages();

    /** {@return the libxl records after the libxc stream, END excluded} */
    List<XenRecord> emulator();
}
