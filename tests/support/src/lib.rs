//! The peers that the tests of `onesocket` talk to.
