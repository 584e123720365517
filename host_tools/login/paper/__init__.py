"""What the login service prints, in the faces and languages of the station's paper."""
