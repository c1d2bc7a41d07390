/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the devices that a driver may know one is. */
#pragma once

/* Value "NAME-type" of a device in a start page, and of the UART in boot_info. */
enum start_device_type {
    START_PL011 = 0,     /* "arm,pl011"; also of a UART without such a value */
    START_CADENCE = 1,   /* "cdns,uart-r1p12" */
    START_PL031 = 2,     /* "arm,pl031"; also of a real-time clock without such a value */
    START_ZYNQMP_RTC = 3 /* "xlnx,zynqmp-rtc" */
};
