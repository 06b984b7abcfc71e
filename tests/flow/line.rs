//! A line between nico and NICEPAY that can be cut, held, or lose what comes back.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// What is sent arrives, and what is answered too.
    Good,
    /// What is sent arrives, and the connection breaks before the answer.
    LosesAnswers,
    /// What is sent arrives, and what is answered waits until the line is good again.
    HoldsAnswers,
    /// Nothing arrives, and nothing is answered.
    Silent,
}

#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) address: String,
    condition: Arc<(Mutex<Condition>, Condvar)>,
}

impl Line {
    pub(crate) fn to(nicepay: &str) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        let line = Self { address, condition: Arc::new((Mutex::new(Condition::Good), Condvar::new())) };
        let (serving, nicepay) = (line.clone(), nicepay.to_owned());
        std::thread::spawn(move || {
            for stream in socket.incoming().map_while(Result::ok) {
                let (line, nicepay) = (serving.clone(), nicepay.clone());
                std::thread::spawn(move || line.carry(stream, &nicepay));
            }
        });
        line
    }

    pub(crate) fn is(&self, condition: Condition) {
        *self.condition.0.lock().unwrap() = condition;
        self.condition.1.notify_all();
    }

    fn condition(&self) -> Condition {
        *self.condition.0.lock().unwrap()
    }

    /// Requests one way, answers the other, as they come.
    fn carry(&self, mut near: TcpStream, nicepay: &str) {
        let mut far = TcpStream::connect(nicepay).unwrap();
        let (mut back, mut home, line) = (far.try_clone().unwrap(), near.try_clone().unwrap(), self.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = back.read(&mut bytes) {
                if line.condition() == Condition::LosesAnswers {
                    break;
                }
                let held = |condition: &mut Condition| *condition != Condition::Good;
                drop(line.condition.1.wait_while(line.condition.0.lock().unwrap(), held).unwrap());
                if home.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = home.shutdown(Shutdown::Both);
        });
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = near.read(&mut bytes) {
            if self.condition() != Condition::Silent && far.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = far.shutdown(Shutdown::Both);
    }
}
