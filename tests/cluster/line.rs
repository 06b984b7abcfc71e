//! A caller's way in, which may break.

use crate::wire::{Answer, Connection};

/// A connection that is kept, to an instance or to the balancer. Whoever finds an instance gone goes through the
/// balancer from then on.
pub(crate) struct Line<'a> {
    address: &'a str,
    balancer: &'a str,
    connection: Option<Connection>,
}

impl<'a> Line<'a> {
    pub(crate) fn new(address: &'a str, balancer: &'a str) -> Self {
        Self { address, balancer, connection: None }
    }

    /// Begins a request; what breaks is found out when its answer is read.
    pub(crate) fn write(&mut self, request: &str) {
        if self.connection.is_none() {
            self.connection = Connection::open(self.address).ok();
        }
        self.connection.take_if(|connection| connection.write(request).is_err());
    }

    /// The code of the answer, unless there is none. That the instance behind it is gone is said by the balancer in
    /// words of its own.
    pub(crate) fn read(&mut self) -> Option<String> {
        let answer = self.connection.as_mut().and_then(|connection| connection.read().ok());
        let code = answer.filter(|answer| !self.is_the_balancers(answer)).map(|answer| answer.code());
        if code.is_none() {
            (self.connection, self.address) = (None, self.balancer);
        }
        code
    }

    fn is_the_balancers(&self, answer: &Answer) -> bool {
        self.address == self.balancer && answer.body.starts_with("<html>")
    }
}
